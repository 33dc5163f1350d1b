from django.urls import path

from creatorshop.adapters.stripe.views import pay

urlpatterns = [path("<slug:payment_ref>/", pay, name="stripe-pay")]
