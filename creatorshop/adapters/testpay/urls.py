from django.urls import path

from creatorshop.adapters.testpay.views import pay

urlpatterns = [path("<slug:payment_ref>/", pay, name="testpay")]
